"""Work shared between processes and machines, by Dask."""
