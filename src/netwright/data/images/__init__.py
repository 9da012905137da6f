"""Images: files to pixels, pixels to one size, images to tensors; augmentation."""
