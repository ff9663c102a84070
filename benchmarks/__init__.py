"""Measurements that anyone can repeat: each prints ratios against a named peer or floor, `--bar` judges them."""
