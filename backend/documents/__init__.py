"""Documents that devices and the companion edit together.

Each is a Yjs document whose update log is in the database. The document is the truth: its rows
are a projection, and every edit of ours is a transaction on the document itself.
"""

from backend.documents.opened import OpenDocument
from backend.documents.service import Documents, Submission, label_of
from backend.documents.types import DocumentLimits, Note

__all__ = ["DocumentLimits", "Documents", "Note", "OpenDocument", "Submission", "label_of"]
