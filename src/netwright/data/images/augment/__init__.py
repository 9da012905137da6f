"""Changes that keep the label, as batched tensor operations (notes 2.1.5, 4.2.13).

    policy      what the recipe asks for: what ``auto`` becomes, what would destroy a label
    maps        shift, rotate, zoom, shear, mirror, flip and crops of an image, drawn as one matrix
    move        pixels read through their matrix: one resampling, or none where whole pixels move
    boxes       boxes and points moved by the same matrices
    color       brightness, contrast, saturation, hue, principal colours, grey: one affine map
    corruption  blur, noise, erased rectangles
    mix         two examples made one: mixup and cutmix
    uniforms    the random numbers of a step, one for every image and purpose
    apply       all of these, in that order, in parts that stay in the processor's cache

Images are (B, H, W, C) with values from 0 to 255; the encoder standardizes them afterwards. The
random numbers are the same for any number of processes; what a knob leaves off is not computed.
"""

from netwright.data.images.augment.apply import augment
from netwright.data.images.augment.boxes import move_boxes, move_points
from netwright.data.images.augment.policy import wanted

__all__ = ["augment", "move_boxes", "move_points", "wanted"]
