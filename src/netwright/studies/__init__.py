"""Studies: a set of runs made for one question. What is here knows no system.

study       its folder: plan, members, lock, notebook; read and written
steps       the trainings of a study, one after another, through kills
out_of_fold the answers of the nets of folds, put together
pace        which trainings a budget allows
points      error against size, with the noise of each point
power_law   the curve through the points, and what it says of more data
verdict     what a curve says, in a sentence
report      a curve's page
"""
