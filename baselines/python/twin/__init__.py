"""The work, the strategies and the report of parlab in CPython.

| module | what it holds |
|---|---|
| `workloads` | the tasks of each workload, wave by wave |
| `task` | `perform`, the one place where work is done; what a task leaves behind |
| `kernels`, `crawl`, `links`, `address`, `text`, `draw`, `checksum` | the work itself, with the same results as elsewhere |
| `host`, `blocking`, `eventloop`, `tls` | what a worker that blocks, and one that awaits, offers to tasks |
| `dictionary` | four ways to share a dictionary |
| `crews`, `crews_of_sources` | the strategies: threads, processes, pools of both, an event loop |
| `run`, `clock`, `read_back` | one run, from making the workers to the last result, and what it left on the disk |
| `parent`, `stopped` | what becomes of worker processes whose parent ends, or that somebody stops |
| `board` | how far the tasks of a run are, for whoever watches |
| `serve` | runs for another parlab: JSON lines |
| `cli`, `plan`, `report` | the script of its own |
"""

VERSION = "0.1.0"
