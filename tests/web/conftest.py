"""The servers of the HTTP door, for the pages that it serves."""

from __future__ import annotations

from tests.http.conftest import busy_server as busy_server
from tests.http.conftest import http_dsn as http_dsn
from tests.http.conftest import http_key_file as http_key_file
from tests.http.conftest import warm_server as warm_server
