"""The work, the strategies and the report of parlab in CPython.

| module | what it holds |
|---|---|
| `workloads` | the tasks of each workload, wave by wave |
| `task` | `perform`, the one place where work is done; what a task leaves behind |
| `kernels`, `crawl`, `links`, `address`, `text`, `draw`, `checksum` | the work itself, with the same results as elsewhere |
| `blocking`, `eventloop` | what a worker that blocks, and one that awaits, offers to tasks |
| `dictionary` | four ways to share a dictionary |
| `crews` | the strategies: threads, processes, pools of both, an event loop |
| `run` | one run, from making the workers to the last result |
| `board` | how far the tasks of a run are, for whoever watches |
| `serve` | runs for another parlab: JSON lines |
| `cli`, `plan`, `report` | the script of its own |
"""

VERSION = "0.1.0"
