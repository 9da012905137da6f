"""Changes that keep the label, as batched tensor operations on the batch's own device (notes 2.1.5,
4.2.13).

    policy  what the recipe asks for: what ``auto`` becomes, what would destroy a label
    maps    shift, rotate, zoom, shear, mirror, flip and crops of an image, drawn as one matrix
    move    pixels read through their matrix: one resampling, or none where whole pixels move
    boxes   boxes and points moved by the same matrices
    tint    brightness, contrast, saturation, hue, principal colours, grey: an affine map of colours
    spoil   blur, noise, erased rectangles
    mix     two examples made one: mixup and cutmix
    apply   all of these, in that order, in parts that stay in the processor's cache

Images are (B, H, W, C) with values from 0 to 255; the encoder standardizes them afterwards. A
chance is a column of ``Draws``, the same for any number of processes; what a knob leaves off is not
computed.
"""

from netwright.data.images.augment.apply import augment
from netwright.data.images.augment.boxes import move_boxes, move_points
from netwright.data.images.augment.policy import wanted

__all__ = ["augment", "move_boxes", "move_points", "wanted"]
