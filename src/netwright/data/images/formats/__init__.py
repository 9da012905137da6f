"""What some formats of image files need: photographs of phones, and more than 8 bits a channel."""
