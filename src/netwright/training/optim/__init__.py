"""How the gradient moves the weights: optimizers, schedules, averages of the weights."""
