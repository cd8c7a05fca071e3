"""How the embedded PostgreSQL is set up: durable, small, quiet, and for this machine alone."""

SETTINGS = {
    # A socket in a folder that only we may enter is the one way in; so nobody needs a password.
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    # Durable: a committed mail survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "pglz",  # the one compression that every build has
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    # Small: one company's mailbox on a shared machine. Without parallel queries nearly no dynamic
    # shared memory is needed, and as files it doesn't hang on the size of a container's /dev/shm.
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "track_io_timing": "off",
    # Early and in small steps, for tables that grow a few rows a minute.
    "autovacuum_max_workers": "2",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    # A client that vanished, or forgot its transaction, holds nobody up.
    "client_connection_check_interval": "10s",
    "idle_in_transaction_session_timeout": "10min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The client hears of its errors. What may hold a mail stays out of the log: statements, and
    # what error messages add as DETAIL (a key's values) and CONTEXT (a line of a COPY). Left is
    # the first line, in which PostgreSQL quotes what is no number or date where one should be;
    # our values have their types before they get there.
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
SINCE_18 = {"io_method": "sync"}  # no processes of their own for reading ahead


def settings_for(major: int) -> dict[str, str]:
    """What a server of this major version is started with."""
    return SETTINGS | (SINCE_18 if major >= 18 else {})


def locale_for(major: int) -> tuple[str, ...]:
    """What initdb is told about texts: UTF-8, sorted by code point.

    PostgreSQL's own provider sorts the same everywhere and for ever, so that no index breaks
    when the system's locales change, as those of libc do with its version. It exists since 17.
    """
    if major >= 17:
        return (
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
    return ("--encoding=UTF8", "--locale=C.UTF-8")
