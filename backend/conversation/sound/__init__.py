"""The only place where bytes become samples: companding, resampling, framing, WAV files."""

from backend.conversation.sound.companding import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw
from backend.conversation.sound.dtmf import tones
from backend.conversation.sound.framing import Framer
from backend.conversation.sound.resampling import Resampler
from backend.conversation.sound.samples import from_samples, level_dbfs, silence, to_samples
from backend.conversation.sound.telephone import TelephoneDecoder, TelephoneEncoder
from backend.conversation.sound.wav import read_wav, write_wav

__all__ = [
    "Framer",
    "Resampler",
    "TelephoneDecoder",
    "TelephoneEncoder",
    "decode_alaw",
    "decode_ulaw",
    "encode_alaw",
    "encode_ulaw",
    "from_samples",
    "level_dbfs",
    "read_wav",
    "silence",
    "to_samples",
    "tones",
    "write_wav",
]
