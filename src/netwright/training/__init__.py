"""The loop: devices, batches, steps, schedules, checkpoints. Knows no system and no files but its
checkpoint.
"""
