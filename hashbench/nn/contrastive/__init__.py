"""Two masked views of a video, codes of frames averaged into one, and losses that contrast them."""
