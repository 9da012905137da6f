"""A system outside the package: its files import each other as those of a system of ours do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from netwright.systems.toy_words.codec import Topic, WordCodec
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.contract import Batch, Claim, Example, Examples, JudgedRun, System, View
from netwright.data import splits
from netwright.metrics import labels
from netwright.recipe import Recipe


def accepts(examples: Examples) -> Claim | None:
    if not all(isinstance(text, str) for text in examples.inputs[:3]):
        return None
    return Claim("the inputs are texts", 3) if isinstance(examples.targets[0], str) else None


def complete(recipe: Recipe, train: Examples) -> Recipe:
    return recipe.resolve(
        {
            "model.name": "toy-words",
            "optimizer.lr": 0.1,
            "optimizer.weight_decay": 0.0,
            "schedule.warmup": 0.25,
            "training.epochs": 8,
            "training.batch_size": 8,
            "training.average": 0.9,
        }
    )


def fit(train: Examples, recipe: Recipe) -> WordCodec:
    words = Counter(word for text in train.inputs for word in text.split())
    return WordCodec(tuple(sorted(words)), tuple(sorted(set(train.targets))))


def loss(net: nn.Module, outputs: Tensor, batch: Batch, recipe: Recipe, training: bool) -> Tensor:
    return F.cross_entropy(outputs, batch.targets[0], reduction="none")


def baseline(train: Examples) -> Callable[[Example], Topic]:
    counts = Counter(train.targets)
    rates = {name: count / len(train) for name, count in counts.items()}
    best = max(rates, key=lambda name: rates[name])
    return lambda example: Topic(best, rates[best], rates)


def sample(count: int, seed: int) -> Examples:
    texts = [f"{('salt', 'moss')[at % 2]} {at + seed}" for at in range(count)]
    names = [f"{seed}-{at}" for at in range(count)]
    return Examples(texts, [("sea", "woods")[at % 2] for at in range(count)], names, names)


def views(run: JudgedRun) -> list[View]:
    return [View("Words known", text=" ".join(run.codec.words))]


SYSTEM = System(
    name="toy_words",
    recipe=Recipe,
    models=("toy-words",),
    codec=WordCodec,
    answer=Topic,
    accepts=accepts,
    complete=complete,
    fit=fit,
    model=lambda codec, recipe: nn.Linear(len(codec.words), len(codec.labels)),
    loss=loss,
    metrics=(labels.ERROR,),
    baseline=baseline,
    sample=sample,
    stratify=splits.by_label,
    label=lambda target: target,
    wrong=lambda example, answer: answer.label != example.target,
    probabilities=lambda answer: answer.probabilities,
    views=views,
)
