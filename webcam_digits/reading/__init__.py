"""A picture -> the digits on it, stage by stage; `reader` shows the flow."""
