"""What is measured before and while a net trains: learning rate, batch size, speed, layers."""
