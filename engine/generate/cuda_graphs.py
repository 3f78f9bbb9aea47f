"""`GraphDevice` on CUDA: graphs are captured by hand, without a compiler (docs/performance.md, "A decode step")."""

from collections.abc import Callable

import torch

_TRIES = 2  # every kernel must have run before it is captured: some look up the device at their first call


class CudaGraphs:
    """Captures graphs that share one pool of memory, as only one of them runs at a time."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()

    def capture(self, run: Callable[[], None]) -> Callable[[], None]:
        stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]  # torch leaves it so
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            for _ in range(_TRIES):
                run()
        torch.cuda.current_stream(self._device).wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            run()
        replay: Callable[[], None] = graph.replay
        return replay

    def record(self) -> torch.cuda.Event:
        moment = torch.cuda.Event()  # type: ignore[no-untyped-call]
        moment.record(torch.cuda.current_stream(self._device))
        return moment

    def pinned(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.pin_memory()
