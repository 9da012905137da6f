"""The tagger on the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import counted, percent
from netwright.base.names import natural
from netwright.base.seeds import seed_of
from netwright.contract import Batch, EarlierRun, Example, Examples, Source, Stages, System
from netwright.data.defaults import TRIED_OPTIMIZERS, epochs_of
from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import FoundName, Name, Sentence, WordSpan
from netwright.data.text.vocabulary import PAD, Vocabulary
from netwright.data.text.words import places_of
from netwright.data.vectors import given
from netwright.systems.tagger.codec import SHAPES, TaggerCodec, normal
from netwright.systems.tagger.export import EXPORT
from netwright.systems.tagger.metrics import METRICS, of_label
from netwright.systems.tagger.mismatch import SYNTHESIS, statistics
from netwright.systems.tagger.names import Names, combine
from netwright.systems.tagger.parts import cut, gather
from netwright.systems.tagger.recipe import TaggerRecipe
from netwright.systems.tagger.references import references
from netwright.systems.tagger.takes import TAKES, typed, unfit
from netwright.systems.tagger.views import views

if TYPE_CHECKING:
    from torch import Tensor, nn

NETS = ("lstm", "gru")

MANY = 5_000
"""Sentences from which on given vectors are thawed."""

RATE = 0.008

CUT_OTHERWISE = 0.1
"""The fraction of words that a raw text has cut otherwise, from which on it is said: in English,
where numbers and hyphens are so, it is below.
"""


def arrange(examples: Examples, recipe: TaggerRecipe) -> Examples:
    """Those with a word in them."""
    return TAKES.arrange(examples)


def complete(recipe: TaggerRecipe, train: Examples) -> TaggerRecipe:
    """Settings by the number of sentences, and vectors where they know the words;
    docs/defaults.md says how found.

    Raises:
        DataError: the vectors that ``vectors.source`` names cannot be read.
    """
    # about 95,000 sentences seen; never fewer than 8 passes, never more than 25
    epochs = min(25, max(8, round(95_000 / max(1, len(train)))))
    counts = Counter(word for sentence in train.inputs for word in sentence.words)
    tried = recipe.optimizer.name in TRIED_OPTIMIZERS
    return recipe.resolve(
        {
            "vectors.source": given.chosen(recipe.vectors.source, counts),
            "vectors.use": "thawed" if len(train) >= MANY else "frozen",
            "model.name": "lstm",
            "optimizer.lr": RATE if tried else "find",
            "optimizer.weight_decay": 0.05,
            "schedule.warmup": 0.25 if recipe.schedule.name == "one_cycle" else 0.0,
            "training.epochs": epochs_of(recipe, train, epochs),
            "training.batch_size": 16 if len(train) < 2_000 else 32,
            "training.average": 0.98,
        }
    )


def fit(train: Examples, recipe: TaggerRecipe, before: EarlierRun | None = None) -> TaggerCodec:
    """The vocabulary, the letters and the labels of the training split; of an earlier run its
    words, letters and vectors.

    Raises:
        DataError: no sentence has a name.
        RecipeError: an earlier run was given other vectors.
    """
    labels = {name.label for names in train.targets for name in names or ()}
    if not labels:
        raise DataError("no sentence of the training split has a name: nothing to find.")
    ordered = tuple(sorted(labels, key=natural))
    if before is not None:
        given.check_same(recipe.vectors, before)
        was = before.codec
        return TaggerCodec(was.words, was.letters, was.length, ordered, was.scheme, was.vectors)
    sentences: Sequence[Sentence] = train.inputs
    wanted, held = recipe.vocabulary, [sentence.words for sentence in sentences]
    words = Vocabulary.of(
        ([normal(word) for word in some] for some in held),
        min_count=wanted.min_count,
        most=wanted.size,
    )
    letters = Vocabulary.of(map("".join, held), min_count=2, most=1_000)
    vectors = given.given(recipe.vectors.source, {word for some in held for word in some})
    return TaggerCodec(words, letters, wanted.letters, ordered, recipe.model.scheme, vectors)


def adopt(net: nn.Module, codec: TaggerCodec, before: EarlierRun) -> tuple[str, ...]:
    """All weights; a new last layer, and a new chain, where the labels are others."""
    new = () if codec.labels == before.codec.labels else ("head.", "chain.")
    return tuple(name for name in net.state_dict() if not name.startswith(new))


def model(codec: TaggerCodec, recipe: TaggerRecipe) -> nn.Module:
    """The net that the recipe names, a score a tag."""
    from netwright.nets.sequence.word_tagger import TagSteps, WordInputs, WordTagger
    from netwright.nets.sequence.word_vectors import WordVectors

    wanted, tags, scheme = recipe.model, codec.tags, codec.scheme
    reads = WordInputs(
        words=WordVectors.beside(
            len(codec.words),
            wanted.vector,
            given=0 if codec.vectors is None else codec.vectors.size,
            thawed=recipe.vectors.use == "thawed",
        ),
        letters=len(codec.letters),
        shapes=len(SHAPES) + 1,
        by_letters=wanted.by_letters,
        letter_units=wanted.letter_units,
    )
    steps = TagSteps(
        tuple(schemes.follows(None, tag, scheme) for tag in tags),
        tuple(map(tuple, schemes.allowed(tags, scheme))),
        tuple(schemes.follows(tag, None, scheme) for tag in tags),
    )
    return WordTagger(
        reads,
        wanted.name,
        wanted.units,
        layers=wanted.layers,
        dropout=wanted.dropout,
        steps=steps,
        learns_steps=wanted.chain,
    )


def body(net: nn.Module) -> Stages:
    """What is read of a word; the recurrent layers; the tags."""
    there = {name for name, _ in net.named_children()}
    read = tuple(name for name in ("embed", "by_letters", "shape") if name in there)
    return (read, ("drop", "recur"), ("drop_states", "head", "chain"))


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: TaggerRecipe, training: bool
) -> Tensor:
    """(B,) -log p of the tags of each sentence."""
    known = batch.inputs[0] != PAD
    costs: Tensor = net.chain.negative_log_likelihood(  # type: ignore[operator,union-attr]
        outputs.float(), batch.targets[0], known
    )
    return costs * (batch.count > 0)


def baseline(train: Examples) -> Callable[[Example], Names]:
    """No name: without the words nothing can be found."""
    return lambda example: Names(())


def wrong(example: Example, answer: Names) -> bool | None:
    """Whether a name is missed, made up, or of another label or extent."""
    if example.target is None:
        return None
    return {name.key for name in example.target} != {name.key for name in answer.names}


def mistake(example: Example, answer: Names) -> str | None:
    """What is wrong with the names that are."""
    true, answered = ({name.key: name for name in some} for some in (example.target, answer.names))
    kinds = [_kind(true[key], answered.values(), "missed") for key in true.keys() - answered]
    kinds += [_kind(answered[key], true.values(), "made up") for key in answered.keys() - true]
    return ", ".join(sorted(set(kinds))) or None


def _kind(name: Name, others: Iterable[Name], otherwise: str) -> str:
    """Of a name that is on one side alone."""
    if any((other.start, other.end) == (name.start, name.end) for other in others):
        return "wrong label"
    if any(other.start < name.end and name.start < other.end for other in others):
        return "wrong extent"
    return otherwise


def notes(recipe: TaggerRecipe, source: Source) -> tuple[str, ...]:
    """Which vectors words are given."""
    return (given.noted(recipe.vectors),)


def coverage(codec: TaggerCodec, parts: Mapping[str, Examples]) -> list[str]:
    """How many of the words of each split are known, and have given vectors."""
    lines = []
    for split, examples in parts.items():
        words = [word for sentence in examples.inputs for word in sentence.words]
        if not words:
            continue
        new = Counter(label for names in examples.targets for label in codec.unseen(names))
        if new:
            listed = ", ".join(f"{label} {count:,}" for label, count in new.most_common(5))
            some = counted(new.total(), "name")
            lines.append(
                f"{split}: {some} of labels that train has not, counted as wrong: {listed}"
            )
        if split == "train" and (line := _cut_otherwise(set(words))):
            lines.append(line)
        known = given.coverage(list(map(normal, words)), codec.words, codec.vectors, words)
        lines.append(f"{split}: {known}")
    return lines


def _cut_otherwise(words: set[str]) -> str:
    """A line about the words of a file of columns that a raw text has cut into several; empty where
    they are few.
    """
    cut = sorted(word for word in words if len(places_of(word)) > 1)
    if len(cut) <= CUT_OTHERWISE * len(words):
        return ""
    return (
        f"{percent(len(cut) / len(words))} of the words of train are cut into several in a raw"
        f" text, first {cut[0]}: give predict words, in columns or as lists"
    )


def sample(count: int, seed: int) -> Examples:
    """Sentences of persons who go to places, among words that are neither."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "tagger sample"))
    names = {"PER": ["Ada", "Noor", "Jonas", "Mei"], "LOC": ["Lisbon", "Oslo", "New York", "Quito"]}
    ways, ends = ["went to", "left", "wrote from", "knows"], ["on foot", "again", "at last", ""]
    inputs, targets = [], []
    for _ in range(count):
        who, place, way, end = (
            str(rng.choice(some)) for some in (names["PER"], names["LOC"], ways, ends)
        )
        words, spans = [*(["then"] * int(rng.integers(0, 3))), who], []
        spans.append(WordSpan(len(words) - 1, len(words), "PER"))
        words += way.split()
        spans.append(WordSpan(len(words), len(words) + len(place.split()), "LOC"))
        words += [*place.split(), *end.split()]
        sentence = Sentence.of_words(words)
        inputs.append(sentence)
        targets.append(tuple(map(sentence.name, spans)))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(inputs, targets, ids, [f"sample[{at}]" for at in range(count)])


SYSTEM = System(
    name="tagger",
    recipe=TaggerRecipe,
    codec=TaggerCodec,
    answer=Names,
    target=tuple[Name, ...],
    accepts=TAKES.accepts,
    arrange=arrange,
    leaves_out=TAKES.leaves_out,
    contents=TAKES.contents,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=METRICS,
    metrics_of=lambda codec: tuple(one for label in codec.labels for one in of_label(label)),
    baseline=baseline,
    sample=sample,
    adopt=adopt,
    body=body,
    cut=cut,
    gather=gather,
    stratify=TAKES.stratify,
    models=NETS,
    unread=lambda recipe: given.unread(recipe.vectors),
    notes=notes,
    coverage=coverage,
    wrong=wrong,
    mistake=mistake,
    certain=lambda names: Names(tuple(map(FoundName.of, names))),
    combine=combine,
    in_words=TAKES.in_words,
    show=TAKES.show,
    statistics=statistics,
    synthesis=SYNTHESIS,
    references=references,
    views=views,
    unseen=TaggerCodec.unseen,
    unfit=unfit,
    typed=typed,
    export=EXPORT,
)
