"""Where pictures come from: cameras, videos, streams, photos."""
