"""The documents and folders of a matter, their uploads, and what is shared with clients."""
