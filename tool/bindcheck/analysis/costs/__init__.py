"""What bindings pay for without need: facts of the performance rules beyond regions and copies."""
