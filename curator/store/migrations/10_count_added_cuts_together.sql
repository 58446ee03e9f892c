-- Who writes cuts counts them (store/write.py): a trigger took as long as the rows.
DROP TRIGGER cuts_added;
