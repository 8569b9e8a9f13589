"""What joins the modules of the wheel to the runtime; hfcompat/sideload/policy.py says where each is used, and why."""
