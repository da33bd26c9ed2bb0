"""Where the bytes of documents can lie: a folder, or a bucket of a store that speaks S3."""
