"""What is done with runs that are kept.

store   a run is opened, runs are listed, what may go is taken away
system_of_run   the system that a run was trained by
diagnosing   a run is judged from its record
"""
