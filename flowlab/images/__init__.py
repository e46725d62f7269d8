"""Models of pictures: what files hold them, their networks, and how they are sampled. No Qt."""
