"""From pixels to a verdict, and the models that it takes."""
