"""The HTTP door: typed requests in, typed answers or problem documents out. It holds no rules."""
