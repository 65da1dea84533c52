#!/bin/sh
# The tables in doc/documents.md are those that doc/write_documents makes of
# the tables of members in the code: after a change there, run
# `make update-documents`.
set -u
doc=${top_srcdir:-.}/doc

if ./doc/write_documents < "$doc/documents.md" |
	diff -u "$doc/documents.md" -; then
	echo "documents: the tables are those that the server reads by"
	exit 0
fi
echo "documents: not up to date: make update-documents"
exit 1
