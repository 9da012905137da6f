"""What differs between inputs of two sources, and what makes those of one look like the other's
(notes 3.2.9).

    image_statistics   light, contrast, colour, sharpness, noise, blocks and size of each image
    image_steps        light, colour, blur, noise, compression, as strong as the recipe says
    row_statistics     each column of a table as numbers
    image_or_row       both, for the systems whose inputs are images or rows
    text_statistics    length, case, marks, unknown and nearly known words of each text
    text_steps         slips of the keyboard, marks and capitals left out
"""
