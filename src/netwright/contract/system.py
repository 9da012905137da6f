"""A system: what the spine must know of one kind of problem, as a value of plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from netwright.base.errors import RecipeError
from netwright.base.findings import Finding
from netwright.contract.answers import (
    Answer,
    AnswerColumns,
    Component,
    Reference,
    no_label,
    no_numbers,
    no_probabilities,
    unknown,
)
from netwright.contract.batch import Batch
from netwright.contract.codec import Chosen, Codec, EarlierRun, Export
from netwright.contract.cut import Cut
from netwright.contract.examples import Example, Examples
from netwright.contract.metric import Metric
from netwright.contract.mismatch.synthesis import Statistics, Synthesis
from netwright.contract.reader import Claim
from netwright.contract.source import Source
from netwright.contract.takes import (
    BY_RECIPE,
    Contents,
    Takes,
    no_parts,
    no_words,
    not_looked_into,
    not_shown,
    nothing_else,
    nothing_to_do,
)
from netwright.contract.views import JudgedRun, Shown, View

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from netwright.recipe import Augment, Recipe


ClassWeights: TypeAlias = Literal["balanced"] | Mapping[str, float]
"""How much each class counts in the loss: the rare more, or as a person wants it."""

UNSAID = "its system does not say how (System.export)"
"""Why a net cannot be exported, where the system does not say more."""

Answers: TypeAlias = list[Answer] | AnswerColumns
"""One a row."""

AnswersWith: TypeAlias = Callable[[Chosen], Answers]
"""What a net says of some examples, with what is set."""

Crops: TypeAlias = Callable[[Examples], Sequence[Examples]]
"""Examples -> the same, once for each crop of their inputs."""

Watched: TypeAlias = "Callable[[nn.Module, Any, Batch], tuple[Tensor, Tensor]]"
"""(net, outputs, batch) -> (B,) what each row adds, (B,) of how many things."""

Stages: TypeAlias = Sequence[Sequence[str]]
"""Of a net, from its inputs on: the names of the modules that lie at one depth, as
``named_modules`` has them.
"""

CURVE_COLUMNS = (
    "epoch",
    "step",
    "seconds",
    "cpu_seconds",
    "examples_per_second",
    "rate",
    "loss",
    "grad_norm",
    "branch",
)
"""Columns of every run's curves, which no figure that is watched may be called."""

NEEDED = (
    "model.name",
    "training.epochs",
    "training.batch_size",
    "training.average",
    "optimizer.lr",
    "optimizer.weight_decay",
    "schedule.warmup",
)
"""Knobs that every training needs: no ``complete`` leaves them at ``auto``."""

USUAL = {"optimizer.name": "adamw", "schedule.anneal": "cosine"}
"""What becomes of these knobs where ``complete`` leaves them at ``auto``."""

CodecT = TypeVar("CodecT", bound=Codec)
RecipeT = TypeVar("RecipeT", bound="Recipe")


def plain_forward(net: nn.Module, batch: Batch, recipe: Any) -> Any:
    """What the net makes of the batch's inputs."""
    return net(*batch.inputs)


def as_it_is(recipe: Any) -> Any:
    """The recipe of a system whose answers are never cheaper."""
    return recipe


def as_they_are(examples: Examples, recipe: Any) -> Examples:
    """The examples of a system that arranges none."""
    return examples


def nothing(recipe: Any) -> None:
    """Of a system that has no such choice."""


def nothing_kept(net: nn.Module, recipe: Any) -> dict[str, Tensor]:
    """Of a system whose steps remember nothing of their own."""
    return {}


def known_whole(codec: Any, parts: Mapping[str, Examples]) -> tuple[str, ...]:
    """Of a system whose codec knows all that it is given."""
    return ()


def nothing_unseen(codec: Any, target: Any) -> tuple[str, ...]:
    """Of a system whose targets are of no classes, or are refused where training never saw one."""
    return ()


def anything_fits(given: Any, target: Any) -> str:
    """Of a system whose targets, of their type, fit any input."""
    return ""


def no_metrics(codec: Any) -> tuple[Metric, ...]:
    """Of a system whose metrics are known without the codec."""
    return ()


def nothing_carried(outputs: Any) -> tuple[Tensor, ...]:
    """Of a system whose steps hand nothing on."""
    return ()


def of_no_kind(example: Example, answer: Any) -> str | None:
    """Of a system whose mistakes have no kinds of their own."""
    return None


@dataclass(frozen=True)
class System(Generic[CodecT, RecipeT]):
    """One kind of problem, as a value of plain functions over its own codec and recipe.

    Args:
        name: its folder's name, wherever the folder lies.
        recipe: the recipe's class: every knob with its default, range, scale and tier; what every
            system has, and what this one reads beside it.
        codec: the codec's class, to read it back from JSON.
        answer: the answer's class (a frozen dataclass), to read it back from a record.
        accepts: whether it can learn from these examples, and how sure that is; the strongest claim
            wins. None: it cannot.
        complete: a recipe whose ``auto`` values are replaced, given the training split; only from
            what it holds. The spine asks ``completed``, which sees that nothing is left open.
        fit: (train, recipe) -> the codec, learned from the training split alone; where there is
            ``adopt``, (train, recipe, before=None) -> the codec, with what the weights of the
            earlier run ``before`` expect: its mu and sigma, its vocabulary.
        model: the net; plain ``nn.Module``, knows nothing of training.
        loss: (net, outputs, batch, recipe, training) -> (B,) the loss of each row, summed over its
            labelled things; the spine divides by the sum of counts. Of a mixed batch it is asked
            twice, of one ``outputs``. In evaluation (``training`` False) it is comparable between
            recipes.
        adopt: (net, codec, before) -> the names of the parameters and buffers that a training takes
            over from the earlier run ``before``; all others are as they were drawn (a new head for
            new classes). None: no training starts from another run.
        weights: (file or ``imagenet``, recipe) -> published weights as an earlier run would have
            kept them, with a codec that says how their inputs were standardized and, where they are
            classes, what their outputs are called; it comes with ``adopt``. None: a training starts
            from runs alone.
        usual_start: examples -> the published weights that ``netwright train`` starts from where
            nothing is said of start or net: ``imagenet``; empty: none.
        body: net -> its stages by depth, of which ``training.freeze`` freezes the first; the last
            holds the head. What lies in no stage is never frozen. None: its children in their
            order, ``nn.Sequential`` opened; one with a matrix or filters begins a stage, to which
            norms and activations after it and dropout before it belong.
        metrics: the first is the single number.
        metrics_of: codec -> metrics beside ``metrics`` that depend on what was learned: one a tag,
            one a target; each says of what it is (``Metric.of``).
        baseline: train -> the simplest answer worth beating, of an example without its input: the
            same for all, or what stands beside the truth in the target, such as the value before.
            It is asked of known targets alone.
        sample: a small learnable set, for the contract suite, docs and demo.
        target: the type of a target, by which it is read back from a run's record as it was:
            ``tuple[Box, ...]``; for one that is a text, a number, or lists and mappings of these,
            ``Any``.
        stratify: all targets -> labels to balance the splits by, one each; None: none.
        forward: (net, batch, recipe) -> whatever ``loss`` and ``decode`` read; run once a batch.
        each_epoch: recipe -> the recipe by which dev is measured after each epoch, where answers by
            it take less time; what is kept is measured by the whole one.
        stands_rounding: whether dev may be measured after each epoch in the precision of the steps:
            classes come out the same but for a few, numbers may lie closer to the truth than
            bfloat16 rounds. What is kept is measured in float32.
        arrange: (examples, recipe) -> the same examples in an order, with groups or splits of the
            system's own, before they are split: a series by time, the pictures of a person as a
            group. It reads no knob that may be ``auto``. What it leaves out is a finding.
        leaves_out: why it does, the end of that finding's sentence: ``as their texts are empty``.
        to_keep_all: examples as they were read, of which it leaves some out -> what a person may do
            to learn from all of them: another system that does. Nothing where there is none.
        left_of_each: (examples as they were read, as it arranges them) -> findings on what it
            leaves out of each of them, such as columns of their rows.
        contents: split -> its examples, as it arranges them -> what they hold, in tables of figures
            and findings: how long texts are. ``netwright data`` shows all splits, a run those
            without test.
        cut: (examples of one split, recipe, codec) -> the units that are learned from and answered
            in their place, after the splits: windows of a series, pieces of a long text. None: the
            examples themselves.
        gather: (answers of all units, owner, place) -> one answer an example, in their order; it
            comes with ``cut``. Metrics are of the examples; an example's loss is the sum over its
            units.
        plan: (train, recipe, seed, epoch) -> the batches of an epoch, each an array of row numbers
            (B,), or (B, k) where each row is made of k examples; pure. Where there is ``cut``,
            ``train`` and the rows are units. None: every example once, in
            batches of ``training.batch_size``, of about one length where lengths differ.
        coupled: True where the rows of a batch belong together, and their loss is of them all
            (triplets): a batch is neither worked through in parts nor shared by processes.
        step: (net, batch, recipe, rate, memory) -> the loss of the batch per labelled thing, as it
            was before the step; it moves the weights in place, at this rate. None: along the
            gradient of ``loss``, as ``optimizer`` says. ``loss`` is still what is measured, and
            ``unread`` names the knobs that such a step leaves aside.
        memory: (net, recipe) -> what ``step`` remembers, by name: tensors that it changes in
            place; a checkpoint keeps them.
        carry: (net, recipe, B) -> the tensors, (B, ...) each, that a lane begins with, of a system
            whose steps go on from one another (the state of a recurrent net over a long text). Each
            batch of an epoch has the next row of every one of B lanes, by ``plan``; ``forward``
            reads ``Batch.carry``. An epoch begins anew, and in evaluation the units of ``cut`` hand
            on to one another in the order of their places.
        carried: outputs -> those tensors for the next step; no gradient flows through them.
        choose: (examples of dev, answer, codec, recipe) -> what is set on them once training has
            ended, for ``decode``: thresholds, a temperature, the weights of a search; plain values
            that JSON holds. ``answer(chosen)`` gives the kept weights' answers on these examples
            with that; ``answer({})`` with nothing set. It is asked for all of dev, kept in
            chosen.json; and for each half of dev, to measure the other. None: nothing is set.
        chooses: recipe -> whether ``choose`` is asked: whether there is anything to set.
        watch: name -> (net, outputs, batch) -> two (B,) tensors: what each row of a training batch
            adds to this figure, and of how many things. Each epoch's figure is the sum of the one
            over the sum of the other, a curve of the run: parts of the loss, active triplets.
        augments: recipe -> whether ``prepare`` changes examples by chance in training; where it
            does not, what frozen stages make of an example is always the same, and computed once.
        mixes: recipe -> how examples are mixed in training (mixup, cutmix); None: not at all.
        class_weights: recipe -> how much each class counts in the loss: ``balanced``, or class ->
            weight; None: all alike.
        models: the nets that ``model.name`` may name, beside ``auto``.
        unread: a completed recipe -> keys of knobs that its data leave unread, such as what is for
            images where rows are learned from: neither searched, nor shown, nor advised.
        notes: what a person should know of a completed recipe on this source, a line each.
        coverage: (codec, split -> its examples, without test) -> how much of what they hold the
            codec knows, a line each, said before the first step: words of a vocabulary.
        label: a target -> its class; None where it is none. It is asked of an answer's first field
            too, which is in the target's terms. The only test for "classes": without one there are
            no counts by class, no confusion matrix, no class weights.
        wrong: (example, answer) -> whether the answer is wrong; None where that cannot be said. The
            example comes without its input. Mistakes and calibration stand on it; without it the
            worst examples are those of the largest loss.
        mistake: (example, wrong answer) -> what is wrong with it in a few words, by which mistakes
            are grouped where they have no classes: ``missing``, ``wrong place``; None: it is not
            known. The example comes without its input.
        probabilities: an answer -> what it gives each label; None where it states none.
        numbers: a target -> the numbers that it holds, those that are known, by name; the name is
            empty where it is one. It is asked of an answer's first field, too.
        between: (answer, name -> the ends of an interval around that number) -> the answer with
            fields ``low`` and ``high``: of a dataclass of its own, which is printed and not kept.
            It comes with ``numbers``; None: answers have no intervals.
        combine: (the answers of several nets to one example, what was chosen on dev for each) ->
            theirs together: the mean of what they state. None: they are not combined.
        crops: (codec, recipe, count) -> what gives examples so many times, each as another crop of
            the input or its mirror, whose answers ``combine`` makes one of; it refuses a count, or
            inputs, that have none (``RunError``). It comes with ``combine``. None: inputs are
            answered whole.
        components: of a system that answers in steps, those in their order: chained they give its
            answers, and ``netwright blame`` measures what the whole gains where the output of one
            is replaced by the truth. Empty: it answers at once.
        certain: a target -> the answer of one who names it and is sure: a person's, by which people
            are measured as nets are. None: people are not measured at it.
        unseen: (codec, target) -> the classes in it that training never saw: such an example counts
            as wrong, and is warned of. Where answers are labels with probabilities it is known
            without.
        unfit: (input, target) -> why the target, which a person wrote, can be none of that input;
            empty where it may be one. The input is None where it is not at hand.
        typed: what a person types for a target that nobody writes as JSON -> that target; a
            ValueError says how it is written. None: it is typed as JSON.
        in_words: a target in a line, as sheets and reports show it; asked of an answer's first
            field, too. None: as any value is written: ``cat``, ``0.314``, ``x 1, y 2``.
        parts: a target -> the names of its parts that are known (tags, numbers), so that one that
            dev never knows is said before training. None: it has no named parts.
        answer_in_words: an answer in a line, where its first field alone says less than a target
            (a box without its class); None: as ``in_words`` says of that field.
        show: (example, answer or None) -> the example drawn, with the answer where there is one;
            None where it cannot be drawn.
        seen: (codec, prepared batch) -> each of its rows as a person sees what the net reads, its
            target drawn in, for ``netwright data --augment``; None: images are drawn alone there.
        pictured: (codec, prepared inputs) -> (B, *axes, C) uint8, what lies at each place of the
            first of them, (B, K, *axes), as a person sees it, for ``netwright inspect``: one axis
            of a signal, two of a picture, three of a volume. None, or giving None: these inputs
            have no places.
        references: (train, examples, recipe, codec, seconds) -> usual methods beside the net, each
            fitted on ``train`` alone within its part of ``seconds``, with what it says of
            ``examples``; each is given as soon as it is there. They are made once after training,
            of dev, compared with the net pair by pair, and shown. None: there are none.
        views: a judged run -> pictures, tables and texts of it, made once after training, kept in
            the run and shown in its report; None: none.
        statistics: (examples, others, recipe) -> what can be measured of each input, by which two
            sources are compared (brightness, noise; typos): see ``contract.Statistics``. None: what
            the net reads is compared.
        synthesis: how training examples of one source are made to look like those of another; its
            recipe has the knobs. None: they are not.
        export: how a net answers outside of netwright, see ``contract.Export``; or why it cannot,
            as the end of a sentence.
    """

    name: str
    recipe: type[RecipeT]
    codec: type[CodecT]
    answer: type[Any]
    accepts: Callable[[Examples], Claim | None]
    complete: Callable[[RecipeT, Examples], RecipeT]
    fit: Callable[..., CodecT]
    model: Callable[[CodecT, RecipeT], nn.Module]
    loss: Callable[[nn.Module, Any, Batch, RecipeT, bool], Tensor]
    metrics: tuple[Metric, ...]
    baseline: Callable[[Examples], Callable[[Example], Answer]]
    sample: Callable[[int, int], Examples]
    adopt: Callable[[nn.Module, CodecT, EarlierRun], Sequence[str]] | None = None
    weights: Callable[[str, RecipeT], EarlierRun] | None = None
    usual_start: Callable[[Examples], str] = lambda examples: ""
    body: Callable[[nn.Module], Stages] | None = None
    metrics_of: Callable[[CodecT], tuple[Metric, ...]] = no_metrics
    target: Any = Any
    stratify: Callable[[Sequence[Any]], list[str]] | None = None
    forward: Callable[[nn.Module, Batch, RecipeT], Any] = plain_forward
    each_epoch: Callable[[RecipeT], RecipeT] = as_it_is
    stands_rounding: bool = False
    arrange: Callable[[Examples, RecipeT], Examples] = as_they_are
    leaves_out: str = BY_RECIPE
    to_keep_all: Callable[[Examples], Sequence[str]] = nothing_to_do
    left_of_each: Callable[[Examples, Examples], Sequence[Finding]] = nothing_else
    contents: Callable[[Mapping[str, Examples]], Contents] = not_looked_into
    cut: Callable[[Examples, RecipeT, CodecT], Cut] | None = None
    gather: Callable[[Answers, Any, Any], Answers] | None = None
    plan: Callable[[Examples, RecipeT, int, int], Sequence[Any]] | None = None
    coupled: bool = False
    step: Callable[[nn.Module, Batch, RecipeT, float, Mapping[str, Tensor]], Tensor] | None = None
    memory: Callable[[nn.Module, RecipeT], dict[str, Tensor]] = nothing_kept
    carry: Callable[[nn.Module, RecipeT, int], tuple[Tensor, ...]] | None = None
    carried: Callable[[Any], tuple[Tensor, ...]] = nothing_carried
    choose: Callable[[Examples, AnswersWith, CodecT, RecipeT], Chosen] | None = None
    chooses: Callable[[RecipeT], bool] = lambda recipe: True
    watch: Mapping[str, Watched] = field(default_factory=dict)
    augments: Callable[[RecipeT], bool] = lambda recipe: True
    mixes: Callable[[RecipeT], Augment | None] = nothing
    class_weights: Callable[[RecipeT], ClassWeights | None] = nothing
    models: tuple[str, ...] = ()
    unread: Callable[[RecipeT], tuple[str, ...]] = lambda recipe: ()
    notes: Callable[[RecipeT, Source], tuple[str, ...]] = lambda recipe, source: ()
    coverage: Callable[[CodecT, Mapping[str, Examples]], Sequence[str]] = known_whole
    label: Callable[[Any], str | None] = no_label
    wrong: Callable[[Example, Answer], bool | None] = unknown
    mistake: Callable[[Example, Answer], str | None] = of_no_kind
    probabilities: Callable[[Answer], Mapping[str, float] | None] = no_probabilities
    numbers: Callable[[Any], Mapping[str, float] | None] = no_numbers
    between: Callable[[Answer, Mapping[str, tuple[float, float]]], Answer] | None = None
    combine: Callable[[Sequence[Answer], Sequence[Chosen]], Answer] | None = None
    crops: Callable[[CodecT, RecipeT, int], Crops] | None = None
    components: tuple[Component, ...] = ()
    certain: Callable[[Any], Answer] | None = None
    unseen: Callable[[Any, Any], Sequence[str]] = nothing_unseen
    unfit: Callable[[Any, Any], str] = anything_fits
    typed: Callable[[str], Any] | None = None
    in_words: Callable[[Any], str | None] = no_words
    parts: Callable[[Any], Sequence[str]] = no_parts
    answer_in_words: Callable[[Answer], str | None] | None = None
    show: Callable[[Example, Answer | None], Shown | None] = not_shown
    seen: Callable[[CodecT, Batch], Sequence[Shown]] | None = None
    pictured: Callable[[CodecT, Sequence[Any]], np.ndarray[Any, Any] | None] | None = None
    references: (
        Callable[[Examples, Examples, RecipeT, CodecT, float], Iterator[Reference]] | None
    ) = None
    views: Callable[[JudgedRun], Sequence[View]] | None = None
    statistics: Statistics | None = None
    synthesis: Synthesis[RecipeT] | None = None
    export: Export | str = UNSAID

    @property
    def takes(self) -> Takes:
        """What it knows of examples before there is a recipe."""
        return self._takes(lambda examples: self.arrange(examples, self.recipe()))

    def takes_by(self, recipe: RecipeT) -> Takes:
        """The same, by a recipe that is known."""
        return self._takes(lambda examples: self.arrange(examples, recipe))

    def _takes(self, arrange: Callable[[Examples], Examples]) -> Takes:
        return Takes(
            accepts=self.accepts,
            label=self.label,
            show=self.show,
            stratify=self.stratify,
            arrange=arrange,
            recipe=self.recipe,
            in_words=self.in_words,
            leaves_out=self.leaves_out,
            to_keep_all=self.to_keep_all,
            left_of_each=self.left_of_each,
            parts=self.parts,
            contents=self.contents,
        )

    def __post_init__(self) -> None:
        if (self.cut is None) != (self.gather is None):
            raise ValueError(f"the system '{self.name}' needs both cut and gather, or neither")
        if self.step is not None and self.carry is not None:
            raise ValueError(
                f"the system '{self.name}' has step and carry: a step of its own keeps in memory"
                " what it hands on"
            )
        if self.step is not None and self.watch:
            raise ValueError(
                f"the system '{self.name}' has step and watch: a step of its own gives no outputs"
            )
        names = [one.name for one in self.components]
        if len(names) == 1 or len(set(names)) < len(names):
            raise ValueError(
                f"the system '{self.name}' has components {names}: expected two or more, each of a"
                " name of its own, or none"
            )
        for name in self.watch:
            if (
                name in CURVE_COLUMNS
                or name.startswith(("dev_", "train_"))
                or not name.isidentifier()
            ):
                raise ValueError(
                    f"the system '{self.name}' watches '{name}': expected a name of letters, digits"
                    " and _ that no other curve has"
                )

    def completed(self, recipe: RecipeT, train: Examples) -> RecipeT:
        """The recipe as ``complete`` completes it, with the system's name.

        Raises:
            RecipeError: it leaves a knob at ``auto`` that every training needs.
        """
        whole = self.complete(recipe.changed({"system": self.name}), train).resolve(USUAL)
        left = [key for key in NEEDED if whole.value(key) == "auto"]
        if left:
            raise RecipeError(
                f"complete of the system '{self.name}' leaves {' and '.join(left)} at auto, which"
                f" every training needs: replace it there, or name it, --set {left[0]}=VALUE."
            )
        return whole

    def as_trained(self, examples: Examples, split: str, recipe: RecipeT) -> Examples:
        """The examples of a split as a training by a completed recipe has them: of train and
        train-dev, those of other domains as ``synthesis`` changes them.
        """
        if self.synthesis is None:
            return examples
        return self.synthesis.as_trained(examples, split, recipe)

    def choosing(
        self, recipe: RecipeT
    ) -> Callable[[Examples, AnswersWith, CodecT, RecipeT], Chosen] | None:
        """``choose``, where this recipe has anything to set; else None."""
        return self.choose if self.choose is not None and self.chooses(recipe) else None

    def all_metrics(self, codec: CodecT) -> tuple[Metric, ...]:
        """Those of every codec, the single number first, and those of this one."""
        return (*self.metrics, *self.metrics_of(codec))

    def labels(self, targets: Sequence[Any]) -> list[str | None]:
        """The class of each target."""
        return [self.label(target) for target in targets]


AnySystem: TypeAlias = System[Any, Any]
"""A system as the spine sees it, which knows neither its codec nor its recipe."""
