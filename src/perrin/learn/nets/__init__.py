"""Networks that learn from windows themselves: over scalograms, over steps in turn, over steps with attention.

They need torch (the `learn` extra) to learn; what they learned runs without it. All are trained alike
(`perrin.learn.nets.net`); each of the other files has what one of them makes of the steps of a window.
"""

from perrin.learn.nets.attention import attention_net
from perrin.learn.nets.net import Net
from perrin.learn.nets.recurrent import recurrent_net
from perrin.learn.nets.wavelet import wavelet_net

__all__ = ["Net", "attention_net", "recurrent_net", "wavelet_net"]
