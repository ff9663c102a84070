"""From pixels to a verdict: frames in, scores, quality and timings out; it knows no persons."""
