# ---
# jupyter:
#   grader:
#     notebook: uebung
# ---

# %% [markdown]
# # Übung: Mittelwert und Summe

# %% slot="u-setup"
import numpy as np

werte = np.loadtxt("../data/werte.txt")

# %% [markdown]
# ## Aufgabe 1a: Mittelwert
#
# Berechnen Sie den Mittelwert der Messwerte.

# %% slot="a-mean"
# <student>
#| mittelwert = None  # Ihr Code
# <solution>
mittelwert = werte.mean()
# <end>
print("Mittelwert:", mittelwert)

# %% [markdown]
# ## Aufgabe 1b: Summe
#
# Berechnen Sie die Summe der Messwerte.

# %% slot="b-sum"
# <student>
#| summe = None  # Ihr Code
# <solution>
summe = werte.sum()
# <end>
print("Summe:", summe)
