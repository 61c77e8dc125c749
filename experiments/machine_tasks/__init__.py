"""What machines see in received pictures: detection, segmentation, classification, their rates."""
