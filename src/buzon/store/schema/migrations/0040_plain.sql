-- How words are compared: without accents, so that "camion" finds "camión", but for the ending that
-- the Spanish stems need it for. Character for character, so that what was found can be shown in the
-- text as it was written. "@" and "<" would make one word of an address, and a tag of what follows.
-- A pattern a letter: translate() asks of each character whether it is one of all these.
CREATE OR REPLACE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(
           regexp_replace(regexp_replace(regexp_replace(regexp_replace(
               replace(replace(lower($1), '@', ' '), '<', ' '),
               '[áàâäãåÁÀÂÄÃÅ]', 'a', 'g'), '[éèêëÉÈÊË]', 'e', 'g'), '[íìîïÍÌÎÏ]', 'i', 'g'),
               '[óòôöõÓÒÔÖÕ]', 'o', 'g'), '[úùûüÚÙÛÜ]', 'u', 'g'), '[ñÑ]', 'n', 'g'),
               '[çÇ]', 'c', 'g'), 'cion\M', 'ción', 'g')
$$;
