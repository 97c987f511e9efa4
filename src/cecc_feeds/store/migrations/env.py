"""What Alembic runs: the migrations, over the connection that `store.engine` hands it."""

from alembic import context

from cecc_feeds.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
