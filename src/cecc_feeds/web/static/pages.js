// What pages do better with script; every one of them works without. Nothing is kept, nobody else is asked.
