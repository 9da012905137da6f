"""The classifier of texts on the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.errors import RecipeError
from netwright.base.seeds import seed_of
from netwright.contract import (
    Batch,
    EarlierRun,
    Examples,
    Source,
    System,
)
from netwright.data import labels
from netwright.data.defaults import TRIED_OPTIMIZERS, TRIED_RATE, epochs_of
from netwright.data.tables.encoder import fit_rows
from netwright.data.text.tokenizer import Tokenizer, stated
from netwright.data.text.vocabulary import Vocabulary
from netwright.data.vectors import given
from netwright.metrics import temperature
from netwright.metrics.labels import ERROR, MACRO_F1
from netwright.nets import head
from netwright.recipe import resolved
from netwright.systems.text import columns
from netwright.systems.text.codec import TextCodec, texts_of
from netwright.systems.text.export import EXPORT
from netwright.systems.text.mismatch import SYNTHESIS, statistics
from netwright.systems.text.nets import NETS, body, model
from netwright.systems.text.recipe import TextRecipe
from netwright.systems.text.takes import TAKES, with_text
from netwright.systems.text.views import views

if TYPE_CHECKING:
    from torch import Tensor, nn


DEVIATION = 0.3
"""Of the numbers of given vectors; those of learned ones begin with 0.1."""

READ_IN_ORDER, LONGEST = 1_000, 100
"""Texts of train from which on an LSTM reads them where words have given vectors, and words a text
that they have at most on average; else the words are averaged, which takes a fifth of the time.
"""


def arrange(examples: Examples, recipe: TextRecipe) -> Examples:
    """Those that have a text, known by it, without other prose, see ``takes.with_text``.

    Raises:
        DataError: none has one.
    """
    return with_text(examples, recipe.data.text_column, recipe.data.beside)


def complete(recipe: TextRecipe, train: Examples) -> TextRecipe:
    """The column of texts and those beside it, and settings by the number of texts;
    docs/defaults.md says how found.

    Raises:
        DataError: no row has a text.
        RecipeError: ``data.text_column`` is no column of words, or left open between several of
            prose; ``data.beside`` names one that is not there; or ``objective.loss`` is no loss
            for labels.
    """
    recipe = labels.complete(recipe, recipe.objective, 0.1)
    # about 50,000 texts seen; never fewer than 5 passes, never more than 20
    epochs = min(20, max(5, round(50_000 / max(1, len(train)))))
    column = columns.text_column(recipe.data, train.inputs)
    kind = "words" if recipe.vocabulary.kind == "auto" else recipe.vocabulary.kind
    counts = _counts(kind, texts_of(train, column))
    vectors = _vectors(recipe.vectors.source, kind, counts)
    name = recipe.model.name
    if name == "auto":
        short = counts.total() < LONGEST * len(train)
        in_order = vectors != given.NONE and short and len(train) >= READ_IN_ORDER
        name = "lstm" if in_order else "bag"
    if recipe.augment.synonyms and vectors == given.NONE:
        raise RecipeError(
            "augment.synonyms takes words from given vectors, and there are none: --set"
            " vectors.source=glove, or a file of vectors."
        )
    tried = name in NETS and recipe.optimizer.name in TRIED_OPTIMIZERS
    return recipe.resolve(
        {
            "data.text_column": column,
            "data.beside": columns.beside(recipe.data, train.inputs, column),
            "vocabulary.kind": kind,
            "vectors.source": vectors,
            "vectors.use": "thawed",
            "model.name": name,
            "optimizer.lr": TRIED_RATE if tried else "find",
            "optimizer.weight_decay": 0.05,
            "schedule.warmup": 0.25 if recipe.schedule.name == "one_cycle" else 0.0,
            "training.epochs": epochs_of(recipe, train, epochs),
            "training.batch_size": 16 if len(train) < 2_000 else 64,
            "training.average": 0.98,
        }
    )


def _counts(kind: str, texts: Iterable[str]) -> Counter[str]:
    """How often each word stands there; pieces of words are not learned yet, and count as words."""
    cut = Tokenizer("words" if kind == "pairs" else kind).of
    return Counter(word for text in texts for word in cut(text))


def _vectors(wanted: str, kind: str, counts: Counter[str]) -> str:
    """Which ones; characters and pieces of words have none unless they are named."""
    if wanted == "auto" and kind in ("characters", "pairs"):
        return given.NONE
    return given.chosen(wanted, counts)


def fit(train: Examples, recipe: TextRecipe, before: EarlierRun | None = None) -> TextCodec:
    """How texts are cut, the vocabulary, the classes, the columns beside the texts, and the given
    vectors, of the training split; all but the classes of an earlier run.

    Raises:
        DataError: fewer than two classes, jieba is missing, or the vectors cannot be read, or know
            none of the words.
        RecipeError: an earlier run learned from other columns, or was given other vectors.
    """
    classes = labels.classes_of(train)
    column = recipe.data.text_column
    names = list(resolved(recipe.data.beside))
    if before is not None:
        columns.check_same(names, before)
        given.check_same(recipe.vectors, before)
        was: TextCodec = before.codec
        return replace(was, classes=classes, column=column)
    texts, wanted = texts_of(train, column), recipe.vocabulary
    cut = Tokenizer.learned(texts, resolved(wanted.kind), most=wanted.size)
    words = list(map(cut.of, texts))
    vocabulary = Vocabulary.of(words, min_count=wanted.min_count, most=wanted.size)
    different = {word for text in words for word in text}
    vectors = given.given(recipe.vectors.source, different, DEVIATION)
    rows = fit_rows(replace(train, inputs=train.inputs.only(names))) if names else None
    return TextCodec(vocabulary, classes, column, rows, cut, vectors)


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: TextRecipe, training: bool
) -> Tensor:
    """(B,) the cross entropy; smoothed, or focal, in training only."""
    from netwright.nets.label_loss import label_loss

    return label_loss(outputs, batch.targets[0], recipe.objective, training)


def notes(recipe: TextRecipe, source: Source) -> tuple[str, ...]:
    """Which columns of a table are learned from, and which vectors words are given."""
    vectors = given.noted(recipe.vectors)
    if source.kind not in ("table", "json-lines"):
        return (vectors,)
    names = resolved(recipe.data.beside)
    listed = ", ".join(f"'{name}'" for name in names[:10]) + (", ..." if len(names) > 10 else "")
    beside = f"and from {listed} beside them" if names else "alone"
    return (f"learns from the texts in column '{recipe.data.text_column}' {beside}", vectors)


def coverage(codec: TextCodec, parts: Mapping[str, Examples]) -> list[str]:
    """How texts are cut; how many words of each split are known, and have given vectors."""
    lines = []
    for split, examples in parts.items():
        texts = texts_of(examples, codec.column)
        if split == "train":
            lines.append(stated(codec.tokenizer.kind, texts))
        words = [word for text in texts for word in codec.tokenizer.of(text)]
        if words:
            known = given.coverage(words, codec.vocabulary, codec.vectors, words)
            lines.append(f"{split}: {known}")
    return lines


def sample(count: int, seed: int) -> Examples:
    """Sentences of 3 to 14 words, of which two or three are of the sea, the woods or the town."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "text sample"))
    topics = {
        "sea": ["wave", "salt", "sail", "shore", "tide"],
        "town": ["street", "lamp", "tram", "roof", "bell"],
        "woods": ["oak", "moss", "fern", "deer", "trail"],
    }
    others = ["the", "a", "of", "and", "in", "on", "it", "was", "we", "saw", "then", "there"]
    names = [list(topics)[at] for at in rng.integers(0, 3, count)]
    texts = []
    for name in names:
        words = [others[at] for at in rng.integers(0, len(others), rng.integers(1, 12))]
        for at in rng.integers(0, 5, rng.integers(2, 4)):
            words.insert(int(rng.integers(0, len(words) + 1)), topics[name][at])
        texts.append(" ".join(words))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(texts, names, ids, [f"sample[{at}]" for at in range(count)])


SYSTEM = System(
    name="text",
    recipe=TextRecipe,
    codec=TextCodec,
    answer=labels.Label,
    accepts=TAKES.accepts,
    arrange=arrange,
    leaves_out=TAKES.leaves_out,
    to_keep_all=TAKES.to_keep_all,
    left_of_each=TAKES.left_of_each,
    contents=TAKES.contents,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(ERROR, MACRO_F1),
    baseline=labels.baseline,
    sample=sample,
    adopt=head.of_classes,
    body=body,
    stratify=TAKES.stratify,
    choose=temperature.choose,
    chooses=temperature.chooses,
    class_weights=labels.class_weights,
    models=NETS,
    unread=lambda recipe: given.unread(recipe.vectors),
    notes=notes,
    coverage=coverage,
    label=TAKES.label,
    wrong=labels.wrong,
    probabilities=labels.probabilities,
    combine=labels.combine,
    certain=labels.certain,
    show=TAKES.show,
    statistics=statistics,
    synthesis=SYNTHESIS,
    views=views,
    export=EXPORT,
)
