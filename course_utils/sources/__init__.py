"""Where data and weights come from: the cache, else a download, else what the course
draws or ships itself.

`find` asks in that order; `CachedFile` describes one file of the cache; what goes wrong
has a name of its own (`Missing`, `Broken`, `Unavailable`, `NoSource`).  Importing this
package starts neither TensorFlow nor the network.
"""

from course_utils.sources.cache import (
    CachedFile,
    gzip_of,
    locked,
    one_of_sha256,
    replacing,
    scratch,
    set_aside,
    shown,
    tell,
    writable,
)
from course_utils.sources.errors import BadFile, Broken, Missing, NoSource, Unavailable
from course_utils.sources.finding import (
    Found,
    all_cached,
    all_downloaded,
    find,
    mode,
    require_network,
)

__all__ = [
    "BadFile",
    "Broken",
    "CachedFile",
    "Found",
    "Missing",
    "NoSource",
    "Unavailable",
    "all_cached",
    "all_downloaded",
    "find",
    "gzip_of",
    "locked",
    "mode",
    "one_of_sha256",
    "replacing",
    "require_network",
    "scratch",
    "set_aside",
    "shown",
    "tell",
    "writable",
]
