"""Many countries in one go, on Dask: one country is one task; whatever is interrupted can be started again."""

from ewcm.batch.display import closing_line, table
from ewcm.batch.outcome import BatchReport, CountryOutcome, Status
from ewcm.batch.run import BatchStoppedError, run_batch

__all__ = ["BatchReport", "BatchStoppedError", "CountryOutcome", "Status", "closing_line", "run_batch", "table"]
