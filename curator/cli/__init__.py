"""The command line: options in, one public call, result out."""
