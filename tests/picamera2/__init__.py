"""The unmodified picamera2 drives a camera of libcamera's that has no hardware, through a burst to a check-in."""
