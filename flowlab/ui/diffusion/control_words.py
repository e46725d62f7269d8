"""Sentences that the controls of several views of the room have."""

EXACT = "Noise and score of the exact field in place of the network's, where it is known"
NO_SCHEDULE = "The exploding variance has no schedule: its noise grows by equal factors."
