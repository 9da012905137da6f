"""
Laws of learning-rate decay (学习率衰减)
========================================

Notes 2.2.8: large steps while far away, small ones near the bottom. The notes' laws, and three that
came later.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import decay, optimizers

# %%
# Forty epochs from r0 = 0.2 on: by formula, by steps (离散下降), by hand (手动衰减), warm-up
# (预热), cosine (余弦退火).
r0, total, epochs = 0.2, 40, np.arange(40)
laws = {
    "r0 / (1 + epoch)": lambda t: decay.inverse(r0, t),
    "0.95^epoch r0": lambda t: decay.exponential(r0, t),
    "r0 / sqrt(epoch)": lambda t: decay.root(r0, t + 1),
    "halved every 10": lambda t: decay.steps(r0, t, 10),
    "by hand": lambda t: decay.by_hand({0: 0.2, 15: 0.05, 30: 0.01}, t),
    "warm-up 5": lambda t: decay.warm_up(r0, t, 5, 0.1),
    "cosine": lambda t: decay.cosine(r0, t, total),
    "one cycle": lambda t: decay.one_cycle(r0, t, total),
}
print(f"{'law':<28}" + "".join(f"{f'epoch {t}':>10}" for t in (0, 1, 10, 39)))
for name, law in laws.items():
    print(f"{name:<28}" + "".join(f"{law(t):>10.4f}" for t in (0, 1, 10, 39)))

figure, (old, new) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True, layout="constrained")
for number, (name, law) in enumerate(laws.items()):
    axis = old if number < 5 else new
    rates = [law(t) for t in epochs]
    (
        axis.step(epochs, rates, where="post", label=name)
        if number in (3, 4)
        else axis.plot(epochs, rates, label=name)
    )
for axis, title in ((old, "The notes' laws"), (new, "Later ones")):
    axis.set(title=title, xlabel="epoch")
    axis.legend(fontsize=8)
old.set_ylabel("learning rate r")

# %%
# Why: gradients of mini-batches are noisy. With a constant rate w never comes to rest; as r falls,
# so does the noise.


def wander(law):
    """The distance of 500 walkers from the bottom of J = w^2 / 2, ten steps an epoch."""
    w, rng, path = np.full(500, 4.0), np.random.default_rng(0), []
    state = optimizers.start(w)
    for t in range(400):
        w, state = optimizers.gradient_descent(w, w + rng.normal(0, 2, 500), state, law(t / 10))
        path.append(np.sqrt((w**2).mean()))
    return np.array(path)


figure, axis = plt.subplots(figsize=(9.5, 3.2), layout="constrained")
for name, law in {"constant": lambda t: r0, "cosine": laws["cosine"]}.items():
    path = wander(law)
    axis.semilogy(np.arange(400) / 10, path, linewidth=1, label=name)
    print(f"{name}: {path[-1]:.3f} from the bottom after the last step")
axis.set(
    title="Noisy gradients: decay comes to rest", xlabel="epoch", ylabel="distance to the bottom"
)
axis.legend()
