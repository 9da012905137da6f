"""Transfer by others' recipes with the same weights, EfficientNet-Lite0 as timm has it:
``python -m benchmarks.peers.transfer WAY CELL.npz WEIGHTS``.

``fastai``  ``vision_learner`` on timm's net, ``fine_tune``, its augmentation; a fifth held out
``keras``   the guide "Transfer learning & fine-tuning" in plain torch: frozen base, pooling,
            dropout of .2, one layer, 20 epochs of Adam at 1e-3; then 10 of all at 1e-5, batch
            norm as in evaluation; mirrored and turned as there
``timm``    all but the classifier frozen, that trained by AdamW on timm's usual augmentation

Prints a line of JSON: the answers, and the CPU seconds from the pictures to these, imports aside.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from benchmarks.few import cell

ARCH = "tf_efficientnet_lite0"
SIDE = 96
EPOCHS = 20
MEAN, DEVIATION = (127 / 255,) * 3, (128 / 255,) * 3


def batch_size(count: int) -> int:
    """Of so many pictures: ten steps an epoch where they are few."""
    return min(64, max(8, count // 10))


def weights_of(place: str) -> dict[str, Any]:
    """The file's tensors by timm's names, which stand in the same order."""
    import timm  # type: ignore[import-not-found]
    import torch

    own = timm.create_model(ARCH, pretrained=False).state_dict()
    theirs = torch.load(place, weights_only=True)
    found = dict(zip(own, theirs.values(), strict=True))
    if any(found[name].shape != own[name].shape for name in own):
        raise SystemExit("the weights are not in timm's order")
    return found


def net_of(place: str, outputs: int) -> Any:
    """timm's net with these weights and a new last layer of so many outputs; 0: none."""
    import timm

    net = timm.create_model(ARCH, pretrained=False)
    net.load_state_dict(weights_of(place))
    net.reset_classifier(outputs)
    return net


def resized(pictures: Any) -> Any:
    """(N, H, W, 3) -> (N, 3, SIDE, SIDE) in [0, 1]."""
    import torch
    from PIL import Image

    found = [np.asarray(Image.fromarray(one).resize((SIDE, SIDE))) for one in pictures]
    return torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2).float() / 255


def fastai(x: Any, y: Any, new: Any, seed: int, place: str) -> Any:
    """As its documentation fine-tunes."""
    from fastai.vision import all as vision  # type: ignore[import-not-found]

    vision.set_seed(seed)
    every = np.concatenate([x, new])
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.CategoryBlock(vocab=sorted(set(y)))),
        get_x=lambda at: vision.PILImage.create(every[at]),
        get_y=lambda at: y[at],
        splitter=vision.RandomSplitter(0.2, seed),
        item_tfms=vision.Resize(SIDE),
        batch_tfms=[*vision.aug_transforms(), vision.Normalize.from_stats(MEAN, DEVIATION)],
    )
    size = batch_size(len(x) * 4 // 5)
    loaders = block.dataloaders(list(range(len(x))), bs=size, num_workers=0)
    learner = vision.vision_learner(loaders, ARCH, pretrained=False, normalize=False)
    held = {n: w for n, w in weights_of(place).items() if not n.startswith("classifier")}
    learner.model[0].model.load_state_dict(held, strict=False)
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(EPOCHS)
        new_ones = loaders.test_dl(list(range(len(x), len(every))), bs=64)
        found = learner.get_preds(dl=new_ones)[0]
    return np.array(loaders.vocab)[found.argmax(1).numpy()]


def keras(x: Any, y: Any, new: Any, seed: int, place: str) -> Any:
    """As the guide does."""
    import torch
    from torchvision.transforms import v2  # type: ignore[import-not-found]

    torch.manual_seed(seed)
    names, targets = np.unique(y, return_inverse=True)
    base, head = net_of(place, 0).eval(), torch.nn.Linear(1280, len(names))
    train, labels = resized(x), torch.from_numpy(targets)
    moved = v2.Compose([v2.RandomHorizontalFlip(), v2.RandomRotation(36)])
    norm = v2.Normalize(MEAN, DEVIATION)

    def epochs(count: int, parameters: Any, rate: float, *, frozen: bool) -> None:
        adam = torch.optim.Adam(parameters, lr=rate)
        for _ in range(count):
            for rows in torch.randperm(len(train)).split(batch_size(len(train))):  # type: ignore[no-untyped-call]
                with torch.set_grad_enabled(not frozen):
                    features = base(norm(torch.stack([moved(train[row]) for row in rows])))
                outputs = head(torch.nn.functional.dropout(features, 0.2))
                loss = torch.nn.functional.cross_entropy(outputs, labels[rows])
                adam.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                adam.step()

    epochs(20, head.parameters(), 1e-3, frozen=True)
    epochs(10, [*base.parameters(), *head.parameters()], 1e-5, frozen=False)
    with torch.inference_mode():
        parts = [head(base(norm(part))) for part in resized(new).split(64)]
    return names[torch.cat(parts).argmax(1).numpy()]


def timm_probe(x: Any, y: Any, new: Any, seed: int, place: str) -> Any:
    """The classifier alone, the frozen net run on every augmented batch."""
    import torch
    from PIL import Image
    from timm.data import create_transform  # type: ignore[import-not-found]

    torch.manual_seed(seed)
    names, targets = np.unique(y, return_inverse=True)
    net = net_of(place, len(names)).requires_grad_(requires_grad=False).eval()
    net.get_classifier().requires_grad_(requires_grad=True)
    given = {"input_size": SIDE, "mean": MEAN, "std": DEVIATION}
    train, still = (
        create_transform(is_training=True, **given),
        create_transform(is_training=False, crop_pct=1.0, **given),
    )
    labels = torch.from_numpy(targets)
    adam = torch.optim.AdamW(net.get_classifier().parameters(), lr=1e-3, weight_decay=0.05)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(batch_size(len(x))):  # type: ignore[no-untyped-call]
            batch = torch.stack([train(Image.fromarray(x[row])) for row in rows.tolist()])
            loss = torch.nn.functional.cross_entropy(net(batch), labels[rows])
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
    found = []
    with torch.inference_mode():
        for at in range(0, len(new), 64):
            batch = torch.stack([still(Image.fromarray(one)) for one in new[at : at + 64]])
            found.append(net(batch).argmax(1))
    return names[torch.cat(found).numpy()]


WAYS = {"fastai": fastai, "keras": keras, "timm": timm_probe}


def main(way: str, place: str, weights: str) -> None:
    """Work through one cell."""
    import timm  # noqa: F401 (an import is no part of the work)
    import torchvision  # type: ignore[import-not-found]  # noqa: F401

    if way == "fastai":
        import fastai.vision.all  # type: ignore[import-not-found]  # noqa: F401

    cell.work(WAYS[way], place, weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
