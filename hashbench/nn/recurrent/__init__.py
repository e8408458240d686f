"""Recurrent layers and their parts: LSTM, binary LSTM, sgn, linear outputs."""
