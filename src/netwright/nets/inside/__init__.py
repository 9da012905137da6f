"""What the units of a trained net look at: their maps, what they see, what excites them."""
