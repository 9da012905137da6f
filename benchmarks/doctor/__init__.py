"""``python -m benchmarks doctor``: whether the doctor is right, on cases whose disease is known.

simulated   ladders drawn from the answers of real nets, with a planted gap
trained     whole trainings with a planted disease
covering    whether the intervals of real nets hold the truth
"""
