"""Other packages that the wheel needs in newer versions than the runtime: all that they have, and what they lack."""
